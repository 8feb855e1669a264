// Package templates holds everything that people see: a template for each page of the portal and of the helpdesk, the messages sent by
// mail, the sentences in each language, and the static files. A theme folder can be laid over it, file by file.
package templates

import "embed"

// FS is the built-in look.
//
//go:embed *.html helpdesk mail static locales
var FS embed.FS
