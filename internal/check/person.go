package check

var personCodes = []Meaning{}
