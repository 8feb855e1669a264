package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is the file as its author sees it: the settings, and on which line each stands.
type document struct {
	settings map[string]any
	lines    map[string]int
}

// line is that of the key at path, or of the closest section around it that the file has; 0 if it has none.
func (d document) line(path string) int {
	for {
		if n, ok := d.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
}

// parse reads the file. Keys that are written twice are given to repeated, by path, with the line of the first, and the
// first counts; an error means that nothing could be read.
func parse(raw []byte, repeated func(path string, line, first int)) (document, error) {
	doc := document{lines: map[string]int{}}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return doc, nil
	} else if err != nil {
		return doc, err
	}
	if err := dec.Decode(new(yaml.Node)); err == nil {
		return doc, errors.New("wanted one YAML document, not several: the line --- begins another")
	} else if !errors.Is(err, io.EOF) {
		return doc, err
	}
	if top := root.Content[0]; top.Kind != yaml.MappingNode && top.Tag != "!!null" {
		return doc, errors.New("wanted keys and values, such as portal: {…}")
	}
	doc.index(root.Content[0], "", repeated)
	return doc, root.Decode(&doc.settings)
}

// index notes the lines of what is below n and takes out repeated keys. Viper makes no difference between Listen and
// listen, so they count as repeated; YAML's own check would let both pass, and one of them win by chance. Aliases are
// not followed: what they stand for is noted where it is written.
func (d document) index(n *yaml.Node, path string, repeated func(path string, line, first int)) {
	switch n.Kind {
	case yaml.SequenceNode:
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.lines[at] = item.Line
			d.index(item, at, repeated)
		}
	case yaml.MappingNode:
		kept := n.Content[:0]
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			at := strings.TrimPrefix(path+"."+strings.ToLower(key.Value), ".") // a text for every language has the key ""
			if first, ok := d.lines[at]; ok && key.Kind == yaml.ScalarNode && key.Tag != "!!merge" {
				repeated(at, key.Line, first)
				continue
			}
			d.lines[at] = key.Line
			d.index(value, at, repeated)
			kept = append(kept, key, value)
		}
		n.Content = kept
	}
}
