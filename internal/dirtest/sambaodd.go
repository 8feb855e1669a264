package dirtest

import (
	"fmt"
	"strings"
)

// oddAgent is somebody whose entry, names or addresses need care from whoever searches and writes. A population that
// sends codes to extensionAttribute1 and otherMailbox reaches all of them but those that have no address.
type oddAgent struct {
	rdn       string // the common name with the escapes of RFC 4514
	cn        string // the same without
	shown     string // displayName; empty: there is none
	uid, mail string
	mailboxes []string // more than one: otherMailbox, else extensionAttribute1
}

// oddAgents are people in OU=Agents whom no n before gave.
func oddAgents(n int) []oddAgent {
	number := func(s string) string { return strings.ReplaceAll(s, "N", fmt.Sprint(n)) }
	private := []string{number("impair.N@perso.example")}
	odd := []oddAgent{
		{`Durand\, Renée N`, `Durand, Renée N`, "Durand, Renée", "renée.dN", "renée.dN@siege.example", private},
		{`Le \"Chef\" \+ \#N`, `Le "Chef" + #N`, `Le "Chef" + #1`, "chefN", "o'brien+chefN@siege.example", private},
		{`\ Espace devant N`, ` Espace devant N`, "Espace Devant", "espace devantN", "a(b)cN@siege.example", private},
		{`\#barre\\oblique/N \;\=\<é\>`, `#barre\oblique/N ;=<é>`, `Barre \ Oblique`, "barre(N)", "x*yN@siege.example", private},
		{`太郎 N`, `太郎 N`, "日本 太郎", "taroN", "taroN@siege.example", private},
		{`Sans Nom Affiché N`, `Sans Nom Affiché N`, "", "sansnomN", "sansnomN@siege.example", private},
		{`Sans Adresse N`, `Sans Adresse N`, "Sans Adresse", "sansadresseN", "sansadresseN@siege.example", nil},
		{`Deux Adresses N`, `Deux Adresses N`, "Deux Adresses", "deuxadressesN", "deuxadressesN@siege.example",
			[]string{number("premiere.N@perso.example"), number("seconde.N@perso.example")}},
	}
	for i := range odd {
		o := &odd[i]
		o.rdn, o.cn, o.uid, o.mail = number(o.rdn), number(o.cn), number(o.uid), number(o.mail)
	}
	return odd
}

func (o oddAgent) entry() entry {
	e := account("CN="+o.rdn+",OU=Agents,"+sambaBase, o.uid, InitialPassword)
	e.attributes["mail"] = []string{o.mail}
	if o.shown != "" {
		e.attributes["displayName"] = []string{o.shown}
	}
	switch len(o.mailboxes) {
	case 0:
	case 1:
		e.attributes["extensionAttribute1"] = o.mailboxes
	default:
		e.attributes["otherMailbox"] = o.mailboxes
	}
	return e
}

func (o oddAgent) subject() Subject {
	s := Subject{Typed: []string{o.mail, o.uid}, Identifier: o.uid, Name: o.shown, Mails: o.mailboxes}
	if s.Name == "" {
		s.Name = o.cn
	}
	if len(o.mailboxes) > 0 {
		s.Mail = o.mailboxes[0]
	}
	return s
}
