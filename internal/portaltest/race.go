//go:build race

package portaltest

const raceEnabled = true
