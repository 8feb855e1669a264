package ldapx

type ds389 struct{ generic }
