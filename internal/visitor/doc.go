// Package visitor plays text scripts that say what a visitor of the portal does and sees. The visitor has a browser
// without JavaScript: it keeps cookies, reads pages as a person does, and sends only what a page lets it send, unless
// the script says otherwise.
//
// A script has one command a line; # begins a comment. Words are separated by spaces, and one with spaces in it stands
// in "double quotes" or `back quotes`. $name in a word is replaced: $code by the code of the last mail, others by the
// World's words.
//
//	open /fr/                          go to an address
//	follow "Actualiser"                a link, by its text
//	type "Adresse mail" "a@b.example"  into a field, by its label
//	choose "Compte 2"                  a radio button, by its label
//	press "Vérifier le code"           a button, by its text, which submits its form; press Enter: the form's first one
//	press "Modifier" twice             a double click: two requests at once, of which the page of the second is shown
//	back                               the page before, as it was, with what was typed there
//	reload                             the same address once more
//	browser second                     another visitor goes on, or the same one again: each name has cookies of its own
//	see "text", see not "text"         on the page
//	title "text"                       the page's whole title
//	holds "label" "text"               what a field has in it
//	at /fr/code, status 422            where the page is, and its status
//	mail to a@b.example                waits for an unread message, reads the last one, and takes its code
//	mail says "text", mail says not "text"
//	keep first                         the code just read, as $first from now on
//	no mail to a@b.example             nothing unread at this moment: another's mail should have come in between
//	header Origin https://b.example    on the next request alone; Host is the host asked for
//	post /fr/code code=1 code=2        a form that no page has
//	send PUT /fr/code text/plain body  any request; type and body may be left out
//
// Any command may end in: until "text", or until not "text". It is then done again until the page says so, or the
// patience of the package is at its end; a reload is not done at all on a page that says so. Other commands are the World's.
//
// Texts are compared after folding: any white space, no-break spaces too, is one space, and the apostrophe ’ is ', so
// that a script can be typed on any keyboard. A link, a label or a button is the only one that has the whole text, or
// else the only one that contains it.
package visitor
