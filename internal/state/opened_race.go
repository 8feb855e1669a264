//go:build race

package state

// watched has it found out who changes a value that a table has given, in a program that is built to find races: that of all tests.
const watched = true
