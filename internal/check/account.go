package check

var accountCodes = []Meaning{}
