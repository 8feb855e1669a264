package ldapx

import (
	"errors"
	"regexp"
	"strings"
)

// failureCode is the word for the log that says why a server could not be asked: what an administrator has to look at.
func failureCode(err error) string {
	switch {
	case refusesAccount(err):
		return bindCode(err)
	case errors.Is(err, errSilent), strings.Contains(err.Error(), "connection timed out"): // by go-ldap, of a request
		return "TIMEOUT"
	case errors.Is(err, errConfig):
		return "CONFIG"
	case errors.Is(err, errTLS):
		return tlsCode(err)
	}
	return "UNREACHABLE"
}

// tlsReasons are the words of crypto/x509 for what can be wrong with a certificate. The errors' types would be surer, but
// go-ldap keeps only the text of a handshake that StartTLS began.
var tlsReasons = []struct{ words, code string }{
	{"certificate signed by unknown authority", "TLS_CA"},
	{"certificate has expired or is not yet valid", "TLS_DATES"},
	{"certificate is valid for", "TLS_NAME"},
	{"certificate is not valid for any names", "TLS_NAME"},
	{"doesn't contain any IP SANs", "TLS_NAME"},
}

func tlsCode(err error) string {
	for _, reason := range tlsReasons {
		if strings.Contains(err.Error(), reason.words) {
			return reason.code
		}
	}
	return "TLS"
}

// bindReasons are the Win32 errors in hexadecimal that Active Directory gives in the text of a refused bind (MS-ERREF
// section 2.2): of the service account, and of an agent who signs in.
var bindReasons = map[string]string{
	"525": "UNKNOWN",
	"52e": "PASSWORD",
	"530": "HOURS",
	"531": "WORKSTATION",
	"532": "PASSWORD_EXPIRED",
	"533": "DISABLED",
	"701": "EXPIRED",
	"773": "MUST_CHANGE",
	"775": "LOCKED",
}

// bindData is where Active Directory puts it: "80090308: LdapErr: DSID-…, comment: …, data 52e, v1db1".
var bindData = regexp.MustCompile(`\bdata ([0-9a-f]{3}),`)

// bindReason is the word for it; "" where there is none.
func bindReason(err error) string {
	if found := bindData.FindStringSubmatch(err.Error()); found != nil {
		return bindReasons[found[1]]
	}
	return ""
}

func bindCode(err error) string {
	if reason := bindReason(err); reason != "" {
		return "SERVICE_ACCOUNT_" + reason
	}
	return "SERVICE_ACCOUNT"
}
