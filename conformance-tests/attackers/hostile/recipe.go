package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// entry is one member of a layer's archive.
type entry struct {
	kind   byte
	path   string
	target string
	mode   int64
	data   []byte
	zeros  int64
	major  int64
	minor  int64
	xattrs map[string]string
}

// recipe says what an image is made of; the base layer with the attackers' programs comes first unless it is bare.
type recipe struct {
	name   string
	bare   bool
	config map[string]any
	label  int
	digest string
	layers [][]entry
}

// readRecipes reads the files: `image NAME` begins an image, the other words add to it. A word in double quotes is Go's.
func readRecipes(files []string) (map[string]*recipe, error) {
	recipes := map[string]*recipe{}
	for _, file := range files {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		var current *recipe
		scanner := bufio.NewScanner(opened)
		scanner.Buffer(nil, 1<<20)
		for number := 1; scanner.Scan(); number++ {
			words, err := split(scanner.Text())
			if err == nil && len(words) > 0 {
				current, err = apply(recipes, current, words)
			}
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, number, err)
			}
		}
		opened.Close()
	}
	return recipes, nil
}

func split(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != "" && line[0] != '#'; line = strings.TrimSpace(line) {
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			word, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			words, line = append(words, word), line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		words, line = append(words, word), rest
	}
	return words, nil
}

func apply(recipes map[string]*recipe, current *recipe, words []string) (*recipe, error) {
	arguments := words[1:]
	if words[0] == "image" && len(arguments) > 0 {
		current = &recipe{name: arguments[0], config: map[string]any{"Env": []string{"PATH=/bin"}, "Cmd": []string{"/bin/sleep", "100000"}},
			layers: [][]entry{{}}, bare: len(arguments) > 1 && arguments[1] == "bare"}
		recipes[current.name] = current
		return current, nil
	}
	if current == nil {
		return nil, fmt.Errorf("%s before the first image", words[0])
	}
	switch words[0] {
	case "user":
		current.config["User"] = arguments[0]
	case "workdir":
		current.config["WorkingDir"] = arguments[0]
	case "command":
		current.config["Cmd"] = arguments
	case "env":
		current.config["Env"] = append(current.config["Env"].([]string), arguments[0])
	case "volume":
		current.config["Volumes"] = map[string]any{arguments[0]: map[string]any{}}
	case "label":
		size, err := strconv.Atoi(arguments[0])
		current.label = size
		return current, err
	case "labelled": // KEY VALUE
		current.config["Labels"] = map[string]string{arguments[0]: arguments[1]}
	case "digest": // of the configuration, as the manifest has it
		current.digest = arguments[0]
	case "layer":
		current.layers = append(current.layers, nil)
	default:
		added, err := member(words[0], arguments)
		if err != nil {
			return nil, err
		}
		last := len(current.layers) - 1
		current.layers[last] = append(current.layers[last], added...)
	}
	return current, nil
}

func member(word string, arguments []string) ([]entry, error) {
	number := func(i int) int64 {
		value, err := strconv.ParseInt(arguments[i], 0, 64)
		if err != nil {
			panic(err)
		}
		return value
	}
	if len(arguments) < 1 {
		return nil, fmt.Errorf("%s what?", word)
	}
	made := entry{path: arguments[0], mode: 0o644}
	switch word {
	case "file": // PATH MODE TEXT [XATTR VALUE]...
		mode, err := strconv.ParseInt(arguments[1], 8, 64)
		if err != nil {
			return nil, err
		}
		made.kind, made.mode, made.data = '0', mode, []byte(arguments[2])
		for i := 3; i+1 < len(arguments); i += 2 {
			if made.xattrs == nil {
				made.xattrs = map[string]string{}
			}
			made.xattrs[arguments[i]] = arguments[i+1]
		}
	case "big": // PATH BYTES LINE: the line again and again, with a number for %d
		made.kind, made.data = '0', repeat(arguments[2], int(number(1)))
	case "zeros": // PATH BYTES
		made.kind, made.zeros = '0', number(1)
	case "link": // PATH TARGET
		made.kind, made.target = '2', arguments[1]
	case "hard": // PATH TARGET
		made.kind, made.target = '1', arguments[1]
	case "fifo":
		made.kind = '6'
	case "char": // PATH MAJOR MINOR
		made.kind, made.mode, made.major, made.minor = '3', 0o666, number(1), number(2)
	case "dir":
		made.kind, made.mode = '5', 0o755
	case "deep": // PATH TIMES: a directory in itself
		var all []entry
		path := ""
		for i := int64(0); i < number(1); i++ {
			path += arguments[0] + "/"
			all = append(all, entry{kind: '5', path: path, mode: 0o755})
		}
		return all, nil
	default:
		return nil, fmt.Errorf("unknown word %s", word)
	}
	return []entry{made}, nil
}

func repeat(line string, size int) []byte {
	data := make([]byte, 0, size+len(line)+8)
	for i := 0; len(data)+len(line)+8 <= size; i++ {
		data = append(data, strings.ReplaceAll(line, "%d", strconv.Itoa(100000+i))...)
	}
	return data
}
