package web

import "bytes"

// NewBuffers has a renderer without spare buffers take this one.
func (r *Renderer) NewBuffers(made func() *bytes.Buffer) {
	r.buffers.New = func() any { return made() }
}
