package check

import "ssprd/internal/config"

var stateCodes = []Meaning{}

func stateStore(c *config.Config) []area { return nil }
