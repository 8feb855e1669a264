package visitor_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
	"ssprd/internal/visitor"
)

// demoPeople are persons of the demo, each with identifier@mail.example as the address.
const demoPeople = `camille.durand julien.lacoste thomas.peyrat nicolas.dubreuil sarah.leveque hugo.chastaing karim.haddad
	lucie.fontanel chloe.verdier fatou.ndiaye pierre.dartois maxime.garrigue lea.soubiran bruno.teyssier oceane.vignaud paul.o`

// The visitor of the demo uses nothing but the demo: its mailbox page, and its sign-in page.
func TestDemo(t *testing.T) {
	t.Parallel()
	scripts := append(slices.Clone(common), "soon")
	for half := range slices.Chunk(scripts, 7) { // a demo has people, and starts for one address, for so many
		t.Run(half[0]+" and others", func(t *testing.T) { demoPlace(t).play(t, half...) })
	}
}

func demoPlace(t *testing.T) place {
	portal := portaltest.Demo(t)
	names := strings.Fields(demoPeople)
	return place{
		World: visitor.World{
			URL: portal.URL, Mail: func(to string) ([]string, error) { return demoMail(portal.URL, to) },
			Verbs: map[string]func(...string) error{"bind": func(args ...string) error { return signIn(portal.URL, args) }},
			Words: map[string]string{
				"choice": "Je suis un usager", "population": "usagers", "ask": "Renseignez votre adresse mail", "login": demo.LoginPath, "initial": demo.InitialPassword,
				"refused": demo.InitialPassword, "why": "Vous avez déjà utilisé ce mot de passe.",
				"shared": "lycee.montaigne@lycees.example", "sharedname": "Gestionnaire L… M…", "sharedfull": "Gestionnaire Lycée",
				"sharedperson": "montaigne.gestion", "sharedother": "montaigne.direction",
				"protected": "noe.fabre@mail.example", "protectedmail": "noe.fabre@mail.example",
			},
		},
		next: func(t *testing.T) person {
			name := names[0]
			names = names[1:]
			return person{typed: name + "@mail.example", mail: name + "@mail.example", name: name}
		},
	}
}

// demoMail reads the mailbox page: the newest message comes first there.
func demoMail(portal, to string) ([]string, error) {
	answer, err := http.Get(portal + demo.MailboxPath + "?to=" + url.QueryEscape(to))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	root, err := html.Parse(answer.Body)
	if err != nil {
		return nil, err
	}
	var texts []string
	for n := range root.Descendants() {
		if n.DataAtom == atom.Article {
			texts = append(texts, textOf(n))
		}
	}
	slices.Reverse(texts)
	return texts, nil
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data + " ")
		}
	}
	return b.String()
}

// signIn tries a password on the demo's sign-in page, which tells what each server says.
func signIn(portal string, args []string) error {
	not := args[0] == "not"
	if not {
		args = args[1:]
	}
	answer, err := http.PostForm(portal+demo.LoginPath, url.Values{"identifier": {args[0]}, "password": {args[1]}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case not && answer.StatusCode == http.StatusUnprocessableEntity:
		return nil
	case not || answer.StatusCode != http.StatusOK:
		return fmt.Errorf("the sign-in page answers %s", answer.Status)
	case strings.Count(string(body), "mot de passe accepté") != 2:
		return errors.New("one of the two servers does not accept it")
	}
	return nil
}
