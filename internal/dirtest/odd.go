package dirtest

import (
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// odd is a person whose name, DN, identifier or addresses need care. Each %d becomes a number of the person's own.
type odd struct {
	name    string // the common name, of which the DN is made
	display string // empty: the entry has no display name
	uid     string
	mails   []string // in this order
}

var odds = []odd{
	{"Durand, Camille %d", "Durand, Camille", "virgule.%d", []string{"virgule.%d@exemple.fr"}},
	{`Léa "Petite" Martin %d`, `Léa "Petite" Martin`, `"lea".%d`, []string{`"lea..martin%d"@exemple.fr`}},
	{"Anne+Marie Petit %d", "Anne+Marie Petit", "anne+marie.%d", []string{"anne+marie.%d@exemple.fr"}},
	{"#%d Dièse", "#Dièse", "#diese.%d", []string{"diese#%d@exemple.fr"}},
	{"Éloïse Ærøskøbing-Ñuñez %d", "Éloïse Ærøskøbing-Ñuñez", "éloïse.ñuñez.%d", []string{"eloise.%d@exemple.fr"}},
	{" Espace Devant %d", "Espace Devant", "espace devant %d", []string{"espace.devant.%d@exemple.fr"}},
	{"Espace Derrière %d ", "Espace Derrière", "espace.derriere.%d", []string{"espace.derriere.%d@exemple.fr"}},
	{`Barre\Oblique %d`, `Barre\Oblique`, `region\barre.%d`, []string{"barre.%d@exemple.fr"}},
	{"Sœur <Marie>; = Jésus %d", "Sœur <Marie>; = Jésus", "a=b;c<d>.%d", []string{"soeur.%d@exemple.fr"}},
	{"Mairie (accueil) * %d", "Mairie (accueil) *", "(accueil)*.%d", []string{"accueil*(%d)@exemple.fr"}},
	{"Siobhán O'Neill %d", "", "o'neill.%d", []string{"siobhan.o'neill+lycee.%d@exemple.fr"}},
	{"Merle 🐦 Noir %d", "Merle 🐦 Noir", "merle🐦%d", []string{"merle.%d@exemple.fr"}},
	{"李 小龍 %d", "李 小龍", "李.%d", []string{"li.%d@exemple.fr"}},
	{"Plusieurs Adresses %d", "Plusieurs Adresses", "plusieurs.%d", []string{"z.%d@exemple.fr", "a.%d@exemple.fr", "m.%d@exemple.fr"}},
	{"Sans Adresse %d", "Sans Adresse", "sans.%d", nil},
}

// numbered is the person with that number.
func (o odd) numbered(n int) odd {
	own := func(s string) string { return strings.ReplaceAll(s, "%d", fmt.Sprint(n)) }
	p := odd{name: own(o.name), display: o.display, uid: own(o.uid)}
	for _, mail := range o.mails {
		p.mails = append(p.mails, own(mail))
	}
	return p
}

// subject is the person as a fixture gives it.
func (o odd) subject() Subject {
	s := Subject{Typed: []string{o.uid}, Identifier: o.uid, Name: o.display}
	if s.Name == "" {
		s.Name = o.name
	}
	if len(o.mails) > 0 {
		s.Mail, s.Typed = o.mails[0], append([]string{o.mails[0]}, s.Typed...)
	}
	if len(o.mails) > 1 {
		s.Mails = o.mails
	}
	return s
}

// inetOrgPerson is the entry of the person in a unit, with this password as it is stored.
func (o odd) inetOrgPerson(unit, password string) *ldap.AddRequest {
	entry := ldap.NewAddRequest("cn="+ldap.EscapeDN(o.name)+","+unit, nil)
	entry.Attribute("objectClass", []string{"inetOrgPerson"})
	entry.Attribute("cn", []string{o.name})
	entry.Attribute("sn", []string{o.name})
	entry.Attribute("uid", []string{o.uid})
	entry.Attribute("userPassword", []string{password})
	if o.display != "" {
		entry.Attribute("displayName", []string{o.display})
	}
	if len(o.mails) > 0 {
		entry.Attribute("mail", o.mails)
	}
	return entry
}
