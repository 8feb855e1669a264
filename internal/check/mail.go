package check

import "ssprd/internal/config"

var mailCodes = []Meaning{}

func mailServer(c *config.Config, o Options) []area { return nil }
