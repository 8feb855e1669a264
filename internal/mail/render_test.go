package mail_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/locale"
	"ssprd/internal/mail"
	"ssprd/internal/secret"
	"ssprd/internal/theme"
	"ssprd/templates"
)

var region = mail.Portal{
	Name:         "Mes démarches en Nouvelle-Aquitaine",
	Organisation: "RÉGION Nouvelle-Aquitaine",
	PublicURL:    "https://motdepasse.example.org",
	Contact:      "05 00 00 00 00",
}

// newRenderer reads the languages, and the mails in them, and gives the mistakes of both.
func newRenderer(files fs.FS, languages []string, p mail.Portal) (*mail.Renderer, error) {
	var wrong theme.Mistakes
	speech, err := locale.LoadAll(files, languages)
	wrong.Join("", err)
	r, err := mail.NewRenderer(files, speech, p)
	wrong.Join("", err)
	return r, wrong.Err()
}

func message(t *testing.T, p mail.Portal, kind flow.MailKind, lang, code string) mail.Message {
	t.Helper()
	r, err := newRenderer(templates.FS, []string{"fr", "en"}, p)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := r.Render(flow.Mail{Kind: kind, To: "camille@exemple.fr", Lang: lang, Code: secret.New(code), Act: "unlock",
		Lifetime: 10 * time.Minute, At: time.Date(2026, 11, 23, 14, 5, 9, 0, time.Local)})
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// plain makes every space the same; the no-break ones of French are watched by the test of the locales.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// R30: the messages, word for word.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		kind                flow.MailKind
		lang, subject, text string
	}{
		{flow.CodeMail, "fr", "Votre code de sécurité – Mes démarches en Nouvelle-Aquitaine", `482 915 est votre code de sécurité pour Mes démarches en Nouvelle-Aquitaine.

Entrez ce code sur la page qui vous le demande :

482 915

Il a été demandé le 23 novembre 2026 à 14 h 05 et reste valable 10 minutes. Il ne sert qu’une fois.

Vous n’avez rien demandé ? Ignorez ce message : votre mot de passe reste le même. Ne donnez ce code à personne, pas même à l’assistance.

Pour toute question : 05 00 00 00 00

Ce message est envoyé automatiquement, ne répondez pas.
-- 
RÉGION Nouvelle-Aquitaine
`},
		{flow.CodeMail, "en", "Your security code – Mes démarches en Nouvelle-Aquitaine", `482 915 is your security code for Mes démarches en Nouvelle-Aquitaine.

Enter this code on the page that asks for it:

482 915

It was asked for on 23 November 2026, 14:05 and is valid for 10 minutes. It works only once.

You did not ask for anything? Ignore this message: your password stays the same. Give this code to nobody, not even to the support.

For any question: 05 00 00 00 00

This message is sent automatically, please do not reply.
-- 
RÉGION Nouvelle-Aquitaine
`},
		{flow.ChangedMail, "fr", "Votre mot de passe a été modifié – Mes démarches en Nouvelle-Aquitaine", `Votre mot de passe pour Mes démarches en Nouvelle-Aquitaine a été modifié le 23 novembre 2026 à 14 h 05.

Si c’est bien vous, vous n’avez rien à faire.

Ce n’est pas vous ? Choisissez sans attendre un nouveau mot de passe en tapant cette adresse dans votre navigateur : https://motdepasse.example.org

Pour toute question : 05 00 00 00 00

Ce message est envoyé automatiquement, ne répondez pas.
-- 
RÉGION Nouvelle-Aquitaine
`},
	} {
		msg := message(t, region, c.kind, c.lang, "482915")
		if msg.Subject != c.subject {
			t.Errorf("%s %s: subject %q", c.kind, c.lang, msg.Subject)
		}
		if got := plain(msg.Text); got != c.text {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.kind, c.lang, got, c.text)
		}
	}
}

// R30: the HTML says what the text says, and holds no link, no picture and nothing from elsewhere.
func TestHTML(t *testing.T) {
	for _, kind := range []flow.MailKind{flow.CodeMail, flow.AssistedMail, flow.HelpedMail, flow.AgentMail, flow.HeldMail, flow.ChangedMail} {
		for _, lang := range []string{"fr", "en"} {
			msg := message(t, region, kind, lang, "482915")
			for line := range strings.Lines(msg.Text) {
				if line = strings.TrimSpace(line); line != "--" && !strings.Contains(msg.HTML, line) {
					t.Errorf("%s %s: the HTML lacks %q", kind, lang, line)
				}
			}
			for _, bad := range []string{"<a", "<img", "src=", "url(", "<link", "<script", "ZgotmplZ", "<no value>"} {
				if strings.Contains(msg.HTML, bad) {
					t.Errorf("%s %s: the HTML has %s", kind, lang, bad)
				}
			}
			if !strings.Contains(msg.HTML, `<html lang="`+lang+`">`) {
				t.Errorf("%s %s: no language", kind, lang)
			}
		}
	}
}

// R13: whoever gets no code because of too many wrong ones learns when there is one again, or that there is none by itself.
func TestHeld(t *testing.T) {
	r, err := newRenderer(templates.FS, []string{"fr"}, region)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 14, 5, 9, 0, time.Local)
	for again, want := range map[time.Time]string{
		{}: "jusqu’à ce que l’assistance l’y autorise à nouveau", at.Add(time.Hour): "à partir du 23 novembre 2026 à 15 h 05",
	} {
		msg, err := r.Render(flow.Mail{Kind: flow.HeldMail, Lang: "fr", At: at, Again: again})
		if err != nil || !strings.Contains(plain(msg.Text), want) || !strings.Contains(plain(msg.HTML), want) {
			t.Errorf("%s %v", msg.Text, err)
		}
	}
}

// The subject is written to logs on the way: no code in it.
func TestSubjectHoldsNoCode(t *testing.T) {
	if s := message(t, region, flow.CodeMail, "fr", "482915").Subject; strings.Contains(s, "915") {
		t.Error(s)
	}
}

func TestCodeInGroups(t *testing.T) {
	for code, want := range map[string]string{
		"000123": "000 123", "4829157": "482 9157", "48291573": "4829 1573", "482915736": "482 915 736",
		"4829157364": "482 915 7364", "482915736412345": "482 915 736 412 345",
	} {
		if text := message(t, region, flow.CodeMail, "en", code).Text; !strings.HasPrefix(text, want+" is your") {
			t.Errorf("%s: %q", code, strings.SplitN(text, "\n", 2)[0])
		}
	}
}

func TestMarkupInNamesIsText(t *testing.T) {
	msg := message(t, mail.Portal{Name: "A & <b>", Organisation: "O"}, flow.CodeMail, "en", "123456")
	if !strings.Contains(msg.HTML, "A &amp; &lt;b&gt;") || !strings.Contains(msg.Text, "A & <b>") {
		t.Error(msg)
	}
	if strings.Contains(msg.Text, "For any question") || strings.Contains(msg.Text, "\n\n\n\n") {
		t.Errorf("without a contact: %q", msg.Text)
	}
}

func TestRendererMistakes(t *testing.T) {
	if _, err := newRenderer(templates.FS, []string{"fr", "oc"}, region); err == nil || !strings.Contains(err.Error(), `"oc"`) {
		t.Errorf("a language without a file: %v", err)
	}
	r, err := newRenderer(templates.FS, []string{"fr"}, region)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []flow.Mail{{Kind: flow.CodeMail, Lang: "en"}, {Kind: "other", Lang: "fr"}} {
		if msg, err := r.Render(m); err == nil || msg != (mail.Message{}) {
			t.Errorf("%+v: %v", m, msg)
		}
	}
	french, err := templates.FS.ReadFile("locales/fr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"mail/code.txt": `{{t "no.such"}}`, "mail/code.html": `{{define "message"}}{{t "no.such"}}{{end}}`, "mail/frame.html": "{{"} {
		files := fstest.MapFS{"locales/fr.yaml": {Data: french}}
		for _, file := range []string{"code.txt", "code.html", "assisted.txt", "assisted.html", "helped.txt", "helped.html", "agent.txt", "agent.html", "held.txt", "held.html", "changed.txt", "changed.html", "frame.html"} {
			source, err := templates.FS.ReadFile("mail/" + file)
			if err != nil {
				t.Fatal(err)
			}
			files["mail/"+file] = &fstest.MapFile{Data: source}
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
		if _, err := newRenderer(files, []string{"fr"}, region); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// No message fails when it is due, whatever it is given, and what is written once for all of a kind is what its templates
// would write each time, byte for byte.
func TestEveryMessageIsMade(t *testing.T) {
	r, err := newRenderer(templates.FS, []string{"fr", "en"}, region)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rehearse(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []flow.MailKind{flow.CodeMail, flow.AssistedMail, flow.HelpedMail, flow.AgentMail, flow.HeldMail, flow.ChangedMail} {
		for _, lang := range []string{"fr", "en"} {
			m := flow.Mail{Kind: kind, Lang: lang, Code: secret.New("482915"), Act: "unlock", Lifetime: 10 * time.Minute, At: time.Unix(0, 0), Again: time.Unix(3600, 0)}
			msg, err := r.Render(m)
			if err != nil {
				t.Fatal(err)
			}
			if text, html, err := r.Unbaked(templates.FS, m); err != nil || msg.Text != text || msg.HTML != html {
				t.Errorf("%s %s: %v\n%s\n%s\nwant\n%s\n%s", kind, lang, err, msg.Text, msg.HTML, text, html)
			}
		}
	}
}

// BenchmarkRender is the two mails of a reset.
func BenchmarkRender(b *testing.B) {
	r, err := newRenderer(templates.FS, []string{"fr", "en"}, region)
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []flow.MailKind{flow.CodeMail, flow.ChangedMail} {
		m := flow.Mail{Kind: kind, To: "camille@exemple.fr", Lang: "fr", Code: secret.New("482915"), Lifetime: 10 * time.Minute, At: time.Now()}
		b.Run(string(kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Render(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRenderer is what a start pays for the mails.
func BenchmarkRenderer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newRenderer(templates.FS, []string{"fr", "en"}, region); err != nil {
			b.Fatal(err)
		}
	}
}
