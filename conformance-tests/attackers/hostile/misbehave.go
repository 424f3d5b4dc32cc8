package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// misbehaviours says how the registry serves the images of these names; each returns false where it behaves.
var misbehaviours = map[string]func(answer http.ResponseWriter, request *http.Request, kind string) bool{
	// The trap of trap, in another place, is asked for a blob or a manifest: with credentials, it would learn them
	"redirect-blob": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		return kind == "/blobs/" && redirect(a, r)
	},
	"redirect-manifest": func(a http.ResponseWriter, r *http.Request, kind string) bool { return redirect(a, r) },
	// A token server where the node alone gets
	"challenge": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		a.Header().Set("WWW-Authenticate", `Bearer realm="http://`+trapAddress()+`/latest/meta-data/token",service="x",scope="repository:challenge:pull"`)
		a.WriteHeader(http.StatusUnauthorized)
		return true
	},
	"basic": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		if r.Header.Get("Authorization") != "" {
			return false
		}
		a.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		a.WriteHeader(http.StatusUnauthorized)
		return true
	},
	"slow":          func(a http.ResponseWriter, r *http.Request, kind string) bool { return kind == "/blobs/" && drip(a, r) },
	"slow-manifest": func(a http.ResponseWriter, r *http.Request, kind string) bool { return drip(a, r) },
	"endless-manifest": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		a.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		io.Copy(a, zeros{})
		return true
	},
	"endless-blob": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		if kind == "/blobs/" {
			io.Copy(a, zeros{})
		}
		return kind == "/blobs/"
	},
	"bomb": func(a http.ResponseWriter, r *http.Request, kind string) bool { // as HTTP compresses it
		if kind != "/manifests/" {
			return false
		}
		a.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		a.Header().Set("Content-Encoding", "gzip")
		compressor := gzip.NewWriter(a)
		io.CopyN(compressor, zeros{}, 512<<20)
		compressor.Close()
		return true
	},
	"loop": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		http.Redirect(a, r, r.URL.Path+"?again", http.StatusTemporaryRedirect)
		return true
	},
	"headers": func(a http.ResponseWriter, r *http.Request, kind string) bool {
		for i := 0; i < 20000; i++ {
			a.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
		}
		return false
	},
}

func trapAddress() string { return os.Getenv("TRAP") }

func redirect(answer http.ResponseWriter, request *http.Request) bool {
	http.Redirect(answer, request, "http://"+trapAddress()+request.URL.Path, http.StatusTemporaryRedirect)
	return true
}

// drip sends one byte a second, as long as anybody listens.
func drip(answer http.ResponseWriter, request *http.Request) bool {
	answer.Header().Set("Content-Length", "1000000")
	for request.Context().Err() == nil {
		if _, err := answer.Write([]byte("{")); err != nil {
			break
		}
		answer.(http.Flusher).Flush()
		time.Sleep(time.Second)
	}
	return true
}

func misbehave(answer http.ResponseWriter, request *http.Request, name, kind, reference string) bool {
	if how := misbehaviours[name]; how != nil {
		return how(answer, request, kind)
	}
	return false
}

// serveTrap ADDRESS FILE: what stands for an address that only the node reaches; it writes down what it is asked, with the credentials
func serveTrap(arguments []string) error {
	file, err := os.OpenFile(arguments[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return http.ListenAndServe(arguments[0], http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(request.Body, 4096))
		fmt.Fprintf(file, "%s %s authorization=%q body=%q\n", request.Method, request.URL, request.Header.Get("Authorization"), body)
		fmt.Fprint(answer, `{"token":"x"}`)
	}))
}
