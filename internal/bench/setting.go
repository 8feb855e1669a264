package bench

import (
	"fmt"

	"ssprd/internal/dirtest"
)

// Kind is a kind of directory.
type Kind string

// The kinds that are measured.
const (
	OpenLDAP Kind = "slapd"
	Samba    Kind = "Samba AD"
)

// Setting is where the portal is measured.
type Setting struct {
	Kind     Kind
	People   int // in the directory; more if the work needs more, for each person is changed once
	Replicas int // on each of which the waiting page sees the change arrive
	AtATime  int // people who reset at once

	// OpenLDAP's alone.
	FSync bool   // it commits to the disk, as in production; else what it costs is the processors' time alone
	Hash  string // how it stores a password: see dirtest.SlapdOptions
}

// Settings are those that `make bench` prints a line of, besides Standard.
var Settings = []Options{
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 1}, Amounts: Amounts{3, 400, 300}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 64}, Amounts: Amounts{3, 1200, 800}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 1, Replicas: 2}, Amounts: Amounts{3, 300, 200}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 8, Replicas: 2}, Amounts: Amounts{3, 600, 400}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 64, Replicas: 2}, Amounts: Amounts{3, 600, 400}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 8, FSync: true, Hash: dirtest.Argon2}, Amounts: Amounts{3, 300, 300}},
	{Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 8, FSync: true, Hash: dirtest.Argon2Slow}, Amounts: Amounts{3, 60, 60}},
	{Setting: Setting{Kind: Samba, People: 1000, AtATime: 1}, Amounts: Amounts{3, 60, 60}},
	{Setting: Setting{Kind: Samba, People: 1000, AtATime: 8}, Amounts: Amounts{3, 60, 60}},
	{Setting: Setting{Kind: Samba, People: 1000, AtATime: 64}, Amounts: Amounts{3, 96, 96}},
}

func (s Setting) String() string {
	text := fmt.Sprintf("%s, %d people, %d servers, %d at a time", s.Kind, s.People, 1+s.Replicas, s.AtATime)
	if s.FSync {
		text += ", disk sync"
	}
	if s.Hash != "" {
		text += ", " + s.Hash
	}
	return text
}
