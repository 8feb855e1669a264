package demo

import (
	"strconv"
	"time"
)

// InitialPassword is the password of everybody before a reset, so that a visitor can see a sign-in that works first.
const InitialPassword = "Ancien-2025-Passe"

// Sample is somebody whose part a visitor of the demo can play.
type Sample struct {
	Population string // the name of the population in the configuration
	Address    string // what to type; empty for the person who has no address
	Who        string // name, and what is special about the account
}

// samples are printed at the start: one ordinary person of each population, and every account that behaves otherwise.
var samples = []Sample{
	{"usagers", "camille.durand@mail.example", "Camille Durand"},
	{"usagers", "lycee.montaigne@lycees.example", "Lycée Montaigne : une boîte partagée, trois comptes"},
	{"usagers", "noe.fabre@mail.example", "Noé Fabre : administrateur, compte protégé, aucun code n’est envoyé"},
	{"usagers", "ines.marchal@courriel.example", "Inès Marchal : compte fermé par un administrateur"},
	{"usagers", "marie-claude.bonnefoy@courriel.example", "Marie-Claude Bonnefoy : verrouillée après des mots de passe erronés"},
	{"usagers", "", "Augustin Lepetit : aucune adresse enregistrée"},
	{"elus", "h.castelnau", "Hélène Castelnau, ou helene.castelnau@elus.example"},
	{"agents-siege", "mlaborde", "Mathieu Laborde, ou mathieu.laborde@region.example"},
}

// agents are those of the helpdesk.
var agents = []Sample{
	{"agents-siege", "amartin", "Alex Martin, assistance : usagers et élus"},
	{"agents-siege", "dleroy", "Dominique Leroy, responsable : donne les accords, lit le journal"},
	{"agents-siege", "sgiraud", "Sacha Giraud, responsable : pour les demandes de Dominique"},
}

// person is one line of the lists below. uid is also the name of the entry; mail may be empty.
type person struct{ given, family, uid, mail string }

var usagers = []person{
	{"Camille", "Durand", "camille.durand", "camille.durand@mail.example"},
	{"Julien", "Lacoste", "julien.lacoste", "julien.lacoste@mail.example"},
	{"Aïcha", "Benali", "aicha.benali", "aicha.benali@courriel.example"},
	{"Thomas", "Peyrat", "thomas.peyrat", "thomas.peyrat@mail.example"},
	{"Élodie", "Marsan", "elodie.marsan", "elodie.marsan@courriel.example"},
	{"Nicolas", "Dubreuil", "nicolas.dubreuil", "nicolas.dubreuil@mail.example"},
	{"Sarah", "Lévêque", "sarah.leveque", "sarah.leveque@mail.example"},
	{"Hugo", "Chastaing", "hugo.chastaing", "hugo.chastaing@mail.example"},
	{"Manon", "Etcheverry", "manon.etcheverry", "manon.etcheverry@courriel.example"},
	{"Karim", "Haddad", "karim.haddad", "karim.haddad@mail.example"},
	{"Lucie", "Fontanel", "lucie.fontanel", "lucie.fontanel@mail.example"},
	{"Antoine", "Roumagnac", "antoine.roumagnac", "antoine.roumagnac@courriel.example"},
	{"Chloé", "Verdier", "chloe.verdier", "chloe.verdier@mail.example"},
	{"Yann", "Le Goff", "yann.legoff", "yann.legoff@courriel.example"},
	{"Fatou", "Ndiaye", "fatou.ndiaye", "fatou.ndiaye@mail.example"},
	{"Pierre", "d’Artois", "pierre.dartois", "pierre.dartois@mail.example"},
	{"Marie-Claude", "Bonnefoy", "mc.bonnefoy", "marie-claude.bonnefoy@courriel.example"},
	{"Maxime", "Garrigue", "maxime.garrigue", "maxime.garrigue@mail.example"},
	{"Léa", "Soubiran", "lea.soubiran", "lea.soubiran@mail.example"},
	{"Paul", "Ô", "paul.o", "paul.o@mail.example"},
	{"Sofia", "Almeida", "sofia.almeida", "sofia.almeida@courriel.example"},
	{"Bruno", "Teyssier", "bruno.teyssier", "bruno.teyssier@mail.example"},
	{"Océane", "Vignaud", "oceane.vignaud", "oceane.vignaud@mail.example"},
	{"Damien", "Larrieu", "damien.larrieu", "contact@larrieu-conseil.example"},
	{"Noé", "Fabre", "noe.fabre", "noe.fabre@mail.example"},
	{"Inès", "Marchal", "ines.marchal", "ines.marchal@courriel.example"},
	{"Augustin", "Lepetit", "augustin.lepetit", ""},
	{"Gestionnaire", "Lycée Montaigne", "montaigne.gestion", "lycee.montaigne@lycees.example"},
	{"Proviseur", "Lycée Montaigne", "montaigne.direction", "lycee.montaigne@lycees.example"},
	{"Intendance", "Lycée Montaigne", "montaigne.intendance", "lycee.montaigne@lycees.example"},
}

var elus = []person{
	{"Hélène", "Castelnau", "h.castelnau", "helene.castelnau@elus.example"},
	{"Gérard", "Montazel", "g.montazel", "gerard.montazel@elus.example"},
	{"Nadia", "Cherif", "n.cherif", "nadia.cherif@elus.example"},
	{"François", "Destouches", "f.destouches", "francois.destouches@elus.example"},
	{"Mireille", "Aguirre", "m.aguirre", "mireille.aguirre@elus.example"},
	{"Olivier", "Brousse", "o.brousse", "olivier.brousse@elus.example"},
	{"Solène", "Kermadec", "s.kermadec", "solene.kermadec@elus.example"},
	{"Jean-Luc", "Pomarède", "jl.pomarede", "jean-luc.pomarede@elus.example"},
}

var siege = []person{
	{"Mathieu", "Laborde", "mlaborde", "mathieu.laborde@region.example"},
	{"Caroline", "Dumeyniou", "cdumeyniou", "caroline.dumeyniou@region.example"},
	{"Samir", "Khelifi", "skhelifi", "samir.khelifi@region.example"},
	{"Agnès", "Tauzin", "atauzin", "agnes.tauzin@region.example"},
	{"Vincent", "Mouly", "vmouly", "vincent.mouly@region.example"},
	{"Delphine", "Rascol", "drascol", "delphine.rascol@region.example"},
	{"Étienne", "Broussard", "ebroussard", "etienne.broussard@region.example"},
	{"Laure", "Navarron", "lnavarron", "laure.navarron@region.example"},
	{"Quentin", "Sabathier", "qsabathier", "quentin.sabathier@region.example"},
	{"Yasmine", "Tazi", "ytazi", "yasmine.tazi@region.example"},
	{"Alex", "Martin", "amartin", "alex.martin@region.example"},
	{"Dominique", "Leroy", "dleroy", "dominique.leroy@region.example"},
	{"Sacha", "Giraud", "sgiraud", "sacha.giraud@region.example"},
}

// administrators is the group whose members are never reset here.
const administrators = "cn=administrateurs,ou=groupes," + suffix

// assistants and leaders are the groups of the helpdesk's roles.
const (
	assistants = "cn=assistance,ou=groupes," + suffix
	leaders    = "cn=responsables,ou=groupes," + suffix
)

// seed makes the directory's first entries; everybody has InitialPassword.
func seed(rounds int) ([]*entry, error) {
	now := time.Now()
	admin := "uid=noe.fabre,ou=usagers," + suffix
	entries := []*entry{
		plain(suffix, now, map[string][]string{"objectClass": {"dcObject", "organization"}, "dc": {"region"}, "o": {"Région"}}),
		unit("groupes", now),
		plain(administrators, now, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"administrateurs"}, "member": {admin}}),
		plain(assistants, now, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"assistance"}, "member": {"uid=amartin,ou=siege," + suffix}}),
		plain(leaders, now, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"responsables"}, "member": {"uid=dleroy,ou=siege," + suffix, "uid=sgiraud,ou=siege," + suffix}}),
		unit("politiques", now),
		plain("cn=default,ou=politiques,"+suffix, now, map[string][]string{"objectClass": {"pwdPolicy"}, "cn": {"default"},
			"pwdAttribute": {"userPassword"}, "pwdMinLength": {strconv.Itoa(minLength)}, "pwdInHistory": {strconv.Itoa(inHistory)}, "pwdCheckQuality": {"2"}}),
	}
	for _, of := range []struct {
		ou     string
		people []person
	}{{"usagers", usagers}, {"elus", elus}, {"siege", siege}} {
		entries = append(entries, unit(of.ou, now))
		for _, p := range of.people {
			e, err := p.entry(of.ou, rounds, now)
			if err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
	}
	mark(entries, admin, now)
	return entries, nil
}

// mark gives the accounts that behave otherwise what makes them so.
func mark(entries []*entry, admin string, now time.Time) {
	for _, e := range entries {
		switch e.DN {
		case admin:
			e.MemberOf = []string{administrators}
		case "uid=ines.marchal,ou=usagers," + suffix:
			e.Locked = lockedForGood
		case "uid=mc.bonnefoy,ou=usagers," + suffix:
			e.Locked = generalizedTime(now)
		}
	}
}

func plain(dn string, now time.Time, attrs map[string][]string) *entry {
	return &entry{DN: dn, UUID: newUUID(), CSN: csn(now), Attrs: attrs}
}

func unit(ou string, now time.Time) *entry {
	return plain("ou="+ou+","+suffix, now, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {ou}})
}

func (p person) entry(ou string, rounds int, now time.Time) (*entry, error) {
	name := p.given + " " + p.family
	e := plain("uid="+p.uid+",ou="+ou+","+suffix, now, map[string][]string{
		"objectClass": {"inetOrgPerson", "organizationalPerson", "person"},
		"cn":          {name}, "sn": {p.family}, "givenName": {p.given}, "displayName": {name}, "uid": {p.uid},
	})
	if p.mail != "" {
		e.Attrs["mail"] = []string{p.mail}
	}
	var err error
	e.Password, err = digestOf(InitialPassword, rounds)
	return e, err
}
