package check

var rulesCodes = []Meaning{}
