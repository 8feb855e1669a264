package model

import (
	"fmt"
	"net/url"
)

// act is one thing that a visitor does.
type act struct {
	method string
	lang   string
	route  route
	input  input
	fields url.Values // what is typed, to the letter
	cookie cookie
	form   form
	fault  fault

	send     int    // of a mailed code: of which mail
	password string // that is submitted
	several  bool   // of a person's address: accounts are behind it
	soon     bool   // of a resend: the pause has certainly not passed
	late     bool   // it certainly has
	atOnce   bool   // with others
}

// cookie is whose session a request comes with.
type cookie string

const (
	own      cookie = ""
	former   cookie = "with a former cookie"  // the visitor's own, from before it was renewed
	finished cookie = "with another's cookie" // of a reset that is over
	invented cookie = "with a cookie of its own making"
	none     cookie = "without a cookie"
)

// form is which hidden fields a post carries.
type form string

const (
	rightForm form = ""
	staleForm form = "with another form's token"
	bareForm  form = "without a token"

	unsureForm form = "with a token that may be of another step" // as the steps follow each other while it is sent
)

// fault is what is wrong with the request itself.
type fault string

const (
	crossOrigin  fault = "from another site"
	foreignHost  fault = "for another host"
	notAForm     fault = "as JSON"
	doubled      fault = "with a field twice"
	tooLarge     fault = "with far too much"
	unknownField fault = "with a field too many"
)

func (a act) String() string {
	s := a.method + " " + a.address()
	for _, more := range []string{string(a.input), string(a.cookie), string(a.form), string(a.fault)} {
		if more != "" {
			s += ", " + more
		}
	}
	if a.input == mailed {
		s += fmt.Sprintf(" (number %d)", a.send)
	}
	return s
}

func (a act) address() string {
	if a.route.bare {
		return a.route.path
	}
	return "/" + a.lang + a.route.path
}
