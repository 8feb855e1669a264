package check

import "ssprd/internal/config"

var populationCodes = []Meaning{}

func populations(c *config.Config) []area { return nil }
