package check

import "ssprd/internal/config"

var serverCodes = []Meaning{}

func directories(c *config.Config) []area { return nil }
