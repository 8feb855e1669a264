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
// section 2.2), of the service account here: never of a person.
var bindReasons = map[string]string{
	"525": "SERVICE_ACCOUNT_UNKNOWN",
	"52e": "SERVICE_ACCOUNT_PASSWORD",
	"530": "SERVICE_ACCOUNT_HOURS",
	"531": "SERVICE_ACCOUNT_WORKSTATION",
	"532": "SERVICE_ACCOUNT_PASSWORD_EXPIRED",
	"533": "SERVICE_ACCOUNT_DISABLED",
	"701": "SERVICE_ACCOUNT_EXPIRED",
	"773": "SERVICE_ACCOUNT_MUST_CHANGE",
	"775": "SERVICE_ACCOUNT_LOCKED",
}

// bindData is where Active Directory puts it: "80090308: LdapErr: DSID-…, comment: …, data 52e, v1db1".
var bindData = regexp.MustCompile(`\bdata ([0-9a-f]{3}),`)

func bindCode(err error) string {
	if found := bindData.FindStringSubmatch(err.Error()); found != nil {
		if code, ok := bindReasons[found[1]]; ok {
			return code
		}
	}
	return "SERVICE_ACCOUNT"
}
