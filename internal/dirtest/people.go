package dirtest

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// Person is one account of a test directory. All are invented.
type Person struct {
	Unit    string // the organizational unit, "usagers"
	Given   string
	Surname string
	UID     string // the identifier: uid, on Active Directory sAMAccountName
	Mail    string
	Private string // on Active Directory, the address codes go to (extensionAttribute1)
	Number  int    // over 0 where the name alone would not be one person's
}

// Name is the person's common name, by which the entry is called.
func (p Person) Name() string {
	if p.Number > 0 {
		return fmt.Sprintf("%s %s %05d", p.Given, p.Surname, p.Number)
	}
	return p.Given + " " + p.Surname
}

// DisplayName is what is shown of the person.
func (p Person) DisplayName() string { return p.Given + " " + p.Surname }

// Phone is a telephone number of one of the Extra people: those of a region begin alike.
func (p Person) Phone() string {
	n := p.Number
	return fmt.Sprintf("+33 5 %02d %02d %02d %02d", 45+n%15, n/10_000%100, n/100%100, n%100)
}

// DN is the person's entry under base, until a test moves it. No name here has a character that a DN must escape.
func (p Person) DN(base string) string { return "cn=" + p.Name() + ",ou=" + p.Unit + "," + base }

// The people of every OpenLDAP server. Those of `usagers` can be addressed by mail, those of `elus` by uid as well.
var (
	Camille    = Person{Unit: "usagers", Given: "Camille", Surname: "Durand", UID: "camille.durand", Mail: "camille.durand@exemple.fr"}
	Jose       = Person{Unit: "usagers", Given: "José", Surname: "Étienne-Lavaud", UID: "jose.lavaud", Mail: "jose.lavaud@exemple.fr"}
	Fatou      = Person{Unit: "usagers", Given: "Fatou", Surname: "Diabaté", UID: "fatou.diabate", Mail: "Fatou.Diabate@Exemple.fr"}
	Gestion    = Person{Unit: "usagers", Given: "Nadège", Surname: "Pouget", UID: "gestion.condorcet", Mail: "lycee.condorcet@exemple.fr"}
	Intendance = Person{Unit: "usagers", Given: "Martial", Surname: "Roussel", UID: "intendance.condorcet", Mail: "lycee.condorcet@exemple.fr"}
	Helene     = Person{Unit: "elus", Given: "Hélène", Surname: "Marchand", UID: "h.marchand", Mail: "helene.marchand@exemple.fr"}
	Bernard    = Person{Unit: "elus", Given: "Bernard", Surname: "Castaing", UID: "b.castaing", Mail: "bernard.castaing@exemple.fr"}

	// Protected is a member of the group that ProtectedFilter names.
	Protected = Person{Unit: "usagers", Given: "Agathe", Surname: "Vidal", UID: "agathe.vidal", Mail: "agathe.vidal@exemple.fr"}
	// LockedForGood was locked by an administrator (pwdAccountLockedTime 000001010000Z, slapo-ppolicy(5)).
	LockedForGood = Person{Unit: "usagers", Given: "Luc", Surname: "Fournier", UID: "luc.fournier", Mail: "luc.fournier@exemple.fr"}
	// Outsider is a person in a unit where the service account may read but not write.
	Outsider = Person{Unit: "services", Given: "Odile", Surname: "Texier", UID: "odile.texier", Mail: "odile.texier@exemple.fr"}
)

// everybody is all of the above.
var everybody = []Person{Camille, Jose, Fatou, Gestion, Intendance, Helene, Bernard, Protected, LockedForGood, Outsider}

// ProtectedFilter is what an administrator would write under `protected`.
const ProtectedFilter = "(memberOf=cn=administrateurs,ou=groupes," + slapdBase + ")"

// The people of every Samba domain. All are in OU=Agents, where passwords are delegated, unless it is said otherwise.
var (
	Sophie   = Person{Unit: "Agents", Given: "Sophie", Surname: "Lacoste", UID: "s.lacoste", Mail: "sophie.lacoste@siege.example", Private: "sophie.lacoste@perso.example"}
	Theo     = Person{Unit: "Agents", Given: "Théo", Surname: "Ménard", UID: "t.menard", Mail: "theo.menard@siege.example", Private: "theo.menard@perso.example"}
	Accueil  = Person{Unit: "Agents", Given: "Karine", Surname: "Brun", UID: "accueil1", Mail: "accueil@siege.example", Private: "accueil@siege.example"}
	Standard = Person{Unit: "Agents", Given: "Yves", Surname: "Lemoine", UID: "accueil2", Mail: "accueil@siege.example", Private: "accueil@siege.example"}

	// Disabled has userAccountControl 514.
	Disabled = Person{Unit: "Agents", Given: "Rémi", Surname: "Cazenave", UID: "r.cazenave", Mail: "remi.cazenave@siege.example", Private: "remi.cazenave@perso.example"}
	// Privileged is a domain administrator: adminCount is 1.
	Privileged = Person{Unit: "Agents", Given: "Isabelle", Surname: "Morel", UID: "i.morel", Mail: "isabelle.morel@siege.example", Private: "isabelle.morel@perso.example"}
	// SmartcardOnly cannot sign in by password (userAccountControl 262656).
	SmartcardOnly = Person{Unit: "Agents", Given: "Olivier", Surname: "Charpentier", UID: "o.charpentier", Mail: "olivier.charpentier@siege.example", Private: "olivier.charpentier@perso.example"}
	// Departed has an account that ended (accountExpires).
	Departed = Person{Unit: "Agents", Given: "Monique", Surname: "Aubert", UID: "m.aubert", Mail: "monique.aubert@siege.example", Private: "monique.aubert@perso.example"}
	// Director is in OU=Direction, where nothing is delegated to the service account.
	Director = Person{Unit: "Direction", Given: "Paul", Surname: "Servan", UID: "p.servan", Mail: "paul.servan@siege.example", Private: "paul.servan@perso.example"}
)

// agents is all of the above.
var agents = []Person{Sophie, Theo, Accueil, Standard, Disabled, Privileged, SmartcardOnly, Departed, Director}

var (
	extraGiven   = []string{"Aline", "Bastien", "Chloé", "Driss", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Joël"}
	extraSurname = []string{"Andrieu", "Barbier", "Chauvin", "Delmas", "Estève", "Faure", "Garnier", "Hamel", "Imbert"}
)

// Extra is the i-th of the people made by SlapdOptions.Extra, counted from 1.
func Extra(i int) Person {
	uid := fmt.Sprintf("p%05d", i)
	return Person{
		Unit: "usagers", Number: i, UID: uid, Mail: uid + "@exemple.fr",
		Given: extraGiven[i%len(extraGiven)], Surname: extraSurname[i%len(extraSurname)],
	}
}

// ExtraAgent is the i-th of the people that Samba.AddAgent can make, counted from 1.
func ExtraAgent(i int) Person {
	p := Extra(i)
	p.Unit, p.UID = "Agents", fmt.Sprintf("a%05d", i)
	p.Mail, p.Private = p.UID+"@siege.example", p.UID+"@perso.example"
	return p
}

// ldif writes an entry as RFC 2849 wants it: values that are not plain ASCII in base64.
func ldif(b io.Writer, dn string, lines ...string) {
	ldifLine(b, "dn", dn)
	for _, line := range lines {
		attribute, value, _ := strings.Cut(line, ": ")
		ldifLine(b, attribute, value)
	}
	fmt.Fprintln(b)
}

func ldifLine(b io.Writer, attribute, value string) {
	for _, r := range value {
		if r > '~' {
			fmt.Fprintf(b, "%s:: %s\n", attribute, base64.StdEncoding.EncodeToString([]byte(value)))
			return
		}
	}
	fmt.Fprintf(b, "%s: %s\n", attribute, value)
}

// ssha is the {SSHA} form of a password, as slapd itself stores one.
func ssha(password string) string {
	salt := make([]byte, 8)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	sum := sha1.Sum(append([]byte(password), salt...))
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}
