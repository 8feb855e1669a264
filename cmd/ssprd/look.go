package main

import (
	"ssprd/internal/config"
	"ssprd/internal/locale"
	mailing "ssprd/internal/mail"
	"ssprd/internal/theme"
	"ssprd/internal/web"
	"ssprd/templates"
)

// look is what people see, read and checked: the pages and the messages, in the theme of the configuration.
type look struct {
	pages    *web.Renderer
	desk     *web.Renderer // nil where there is no helpdesk
	mails    *mailing.Renderer
	warnings theme.Mistakes // what a portal can run with and should not
}

// newLook makes it. Its error is a theme.Mistakes with everything that is wrong, the warnings apart.
func newLook(c *config.Config) (*look, error) {
	l := &look{}
	var wrong theme.Mistakes
	wrong, l.warnings = theme.Check(c.Portal.Theme, templates.FS, c.Portal.Languages)
	files := theme.Lay(c.Portal.Theme, templates.FS)
	speech, err := locale.LoadAll(files, c.Portal.Languages)
	wrong.Join("portal.languages", err)
	l.pages, err = web.NewRenderer(files, speech)
	wrong.Join("pages", err)
	if c.Helpdesk.Enabled {
		l.desk, err = web.NewDeskRenderer(files, speech)
		wrong.Join("pages of the helpdesk", err)
	}
	l.mails, err = mailing.NewRenderer(files, speech, mailing.Portal{
		Name: c.Portal.Name, Organisation: c.Portal.Organisation, PublicURL: c.Portal.PublicURL, Contact: contact(c),
	})
	wrong.Join("mail", err)
	for i, m := range wrong {
		if m.File == "portal.languages" { // no file, but a key of the configuration
			at := c.Mistake(m.File, m.Text)
			wrong[i] = theme.Mistake{File: at.Source, Line: at.Line, Text: at.Path + ": " + at.Want}
		}
	}
	return l, wrong.Err()
}
