package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) { clear(buffer); return len(buffer), nil }

// image is a recipe as the registry serves it.
type image struct {
	manifest []byte
	blobs    map[string][]byte
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// pack writes an archive, compressed, and returns it with the digest of what it was before.
func pack(write func(*tar.Writer) error) ([]byte, string, error) {
	var packed bytes.Buffer
	compressor, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	plain := sha256.New()
	archive := tar.NewWriter(io.MultiWriter(compressor, plain))
	err := errors.Join(write(archive), archive.Close(), compressor.Close())
	return packed.Bytes(), "sha256:" + hex.EncodeToString(plain.Sum(nil)), err
}

func writeEntries(archive *tar.Writer, entries []entry) error {
	for _, made := range entries {
		header := &tar.Header{Typeflag: made.kind, Name: made.path, Linkname: made.target, Mode: made.mode, Size: int64(len(made.data)) + made.zeros,
			Devmajor: made.major, Devminor: made.minor, Format: tar.FormatPAX}
		for name, value := range made.xattrs {
			if header.PAXRecords == nil {
				header.PAXRecords = map[string]string{}
			}
			header.PAXRecords["SCHILY.xattr."+name] = value
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(archive, io.MultiReader(bytes.NewReader(made.data), io.LimitReader(zeros{}, made.zeros))); err != nil {
			return err
		}
	}
	return nil
}

// writeTree packs a directory of the node.
func writeTree(archive *tar.Writer, root string) error {
	return filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == root {
			return err
		}
		target, _ := os.Readlink(path)
		header, err := tar.FileInfoHeader(info, target)
		if err != nil {
			return err
		}
		header.Name, _ = filepath.Rel(root, path)
		header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
		if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			_, err = archive.Write(data)
		}
		return err
	})
}

type registry struct {
	lock     sync.Mutex
	recipes  map[string]*recipe
	images   map[string]*image
	base     []byte
	baseDiff string
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

func (r *registry) build(made *recipe) (*image, error) {
	built := &image{blobs: map[string][]byte{}}
	var layers []descriptor
	var diffs []string
	add := func(packed []byte, diff string) {
		layers = append(layers, descriptor{"application/vnd.oci.image.layer.v1.tar+gzip", digest(packed), len(packed)})
		built.blobs[digest(packed)] = packed
		diffs = append(diffs, diff)
	}
	if !made.bare {
		add(r.base, r.baseDiff)
	}
	for _, entries := range made.layers {
		if len(entries) == 0 {
			continue
		}
		packed, diff, err := pack(func(archive *tar.Writer) error { return writeEntries(archive, entries) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", made.name, err)
		}
		add(packed, diff)
	}
	if made.label > 0 {
		labels := map[string]string{}
		for i := 0; i < made.label/40; i++ {
			labels[fmt.Sprintf("%s.%06d", made.name, i)] = "label"
		}
		made.config["Labels"] = labels
	}
	config, _ := json.Marshal(map[string]any{"created": "2020-01-01T00:00:00Z", "architecture": "amd64", "os": "linux", "config": made.config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffs}})
	built.blobs[digest(config)] = config
	named := digest(config)
	if made.digest != "" {
		named = made.digest
		built.blobs[named] = config
	}
	built.manifest, _ = json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": descriptor{"application/vnd.oci.image.config.v1+json", named, len(config)}, "layers": layers})
	return built, nil
}

func (r *registry) image(name string) (*image, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if built := r.images[name]; built != nil {
		return built, nil
	}
	made := r.recipes[name]
	if made == nil {
		return nil, nil
	}
	built, err := r.build(made)
	if err == nil {
		r.images[name] = built
	}
	return built, err
}

func (r *registry) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	path := strings.TrimPrefix(request.URL.Path, "/v2/")
	if path == "" {
		return
	}
	for _, kind := range []string{"/manifests/", "/blobs/"} {
		name, reference, found := strings.Cut(path, kind)
		if !found {
			continue
		}
		if misbehave(answer, request, name, kind, reference) {
			return
		}
		built, err := r.image(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "registry:", err)
		}
		if built == nil {
			break
		}
		data, media := built.blobs[reference], "application/octet-stream"
		if kind == "/manifests/" {
			data, media = built.manifest, "application/vnd.oci.image.manifest.v1+json"
		}
		if data == nil {
			break
		}
		answer.Header().Set("Content-Type", media)
		answer.Header().Set("Docker-Content-Digest", digest(data))
		answer.Header().Set("Content-Length", fmt.Sprint(len(data)))
		if request.Method != http.MethodHead {
			answer.Write(data)
		}
		return
	}
	http.NotFound(answer, request)
}

// serveRegistry ADDRESS DIRECTORY RECIPE...: DIRECTORY is the base layer of all images
func serveRegistry(arguments []string) error {
	recipes, err := readRecipes(arguments[2:])
	if err != nil {
		return err
	}
	r := &registry{recipes: recipes, images: map[string]*image{}}
	r.base, r.baseDiff, err = pack(func(archive *tar.Writer) error { return writeTree(archive, arguments[1]) })
	if err != nil {
		return err
	}
	for name := range misbehaviours {
		r.recipes[name] = &recipe{name: name, config: map[string]any{}, layers: [][]entry{{{kind: '0', path: "etc/" + name, data: []byte(name)}}}}
	}
	return http.ListenAndServe(arguments[0], r)
}
