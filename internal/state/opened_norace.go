//go:build !race

package state

const watched = false
