package breached

import "io"

// In is the list that is in text, unchecked.
func In(text io.ReaderAt, size int64) *List { return &List{text: text, size: size} }

// Check looks for mistakes as Open does.
func (l *List) Check() error { return l.check() }

// Find looks a digest up.
func (l *List) Find(d digest) (bool, error) { return l.find(d) }
