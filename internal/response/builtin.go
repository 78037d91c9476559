package response

// builtin are the templates that come with the program. An entry with the same
// id takes the place of one. Their order follows what was learnt in 2017: the
// name that stops the worm has to answer before anybody blocks or seizes
// anything, and a takedown comes after what it would destroy was kept.
func builtin() map[string]Template {
	const hour, day = 3600, 24 * 3600
	providers := []string{"kind:provider"}
	operators := []string{"kind:operator"}
	list := []Template{
		{
			ID: "worm-kill-switch", Title: "A worm with a kill switch", For: []string{"port:445", "kind:scans", "kind:suspects", "worm"},
			Steps: []Step{
				{Key: "answer", Kind: Sinkhole, Title: "Have the kill switch answer, and pass it through every filter and proxy", AskedOf: providers, DeadlineS: hour},
				{Key: "analyse", Kind: Assist, Title: "Confirm what the worm asks for, how it spreads and what stops it", AskedOf: []string{"kind:security", "kind:vendor"}, DeadlineS: 4 * hour},
				{Key: "isolate", Kind: Isolate, Title: "Isolate hosts that scan; clinical and industrial systems only by those who run them", AskedOf: operators, DeadlineS: 4 * hour},
				{Key: "patch", Kind: Patch, Title: "Install the update that closes the hole; isolate what cannot be patched", AskedOf: operators, DeadlineS: 2 * day, After: []string{"answer"}},
				{Key: "notify", Kind: Notify, Title: "Notify the victims that the sinkhole's visits show", AskedOf: []string{"kind:cert", "kind:provider"}, DeadlineS: day, After: []string{"answer"}},
				{Key: "purge", Kind: ExploitPurge, Title: "Remove what the worm left behind, and the exploit from where it is offered", AskedOf: []string{"kind:security", "kind:operator"}, DeadlineS: 7 * day, After: []string{"patch"}},
			},
		},
		{
			ID: "ransomware", Title: "Ransomware without a kill switch", For: []string{"kind:encryptions", "ransomware"},
			Steps: []Step{
				{Key: "isolate", Kind: Isolate, Title: "Isolate hosts that encrypt, and take backups off the network", AskedOf: operators, DeadlineS: hour},
				{Key: "analyse", Kind: Assist, Title: "Find how it came in, and whether files can be had back", AskedOf: []string{"kind:security"}, DeadlineS: 12 * hour},
				{Key: "shut", Kind: Patch, Title: "Close the way in: updates, remote access, stolen passwords", AskedOf: operators, DeadlineS: 2 * day},
				{Key: "takedown", Kind: Takedown, Title: "Take down the control servers and pages of the extortion, once evidence is kept", AskedOf: providers, DeadlineS: 3 * day, After: []string{"analyse"}},
				{Key: "notify", Kind: Notify, Title: "Notify the victims that are known", AskedOf: []string{"kind:cert"}, DeadlineS: day},
				{Key: "purge", Kind: ExploitPurge, Title: "Remove the intruders' tools before anything is restored", AskedOf: operators, DeadlineS: 7 * day, After: []string{"shut"}},
			},
		},
		{
			ID: "phishing-accounts", Title: "Phishing, or accounts that serve an attack", For: []string{"kind:surge", "phishing", "accounts"},
			Steps: []Step{
				{Key: "collect", Kind: Assist, Title: "Collect messages, pages and accounts; keep them as evidence", AskedOf: []string{"kind:security", "kind:cert"}, DeadlineS: 4 * hour},
				{Key: "accounts", Kind: AccountShutdown, Title: "Shut down the accounts of the operators, not those of victims", AskedOf: []string{"kind:vendor", "kind:provider"}, DeadlineS: day, After: []string{"collect"}},
				{Key: "takedown", Kind: Takedown, Title: "Take down the pages and the domains they are under, one by one", AskedOf: providers, DeadlineS: day, After: []string{"collect"}},
				{Key: "notify", Kind: Notify, Title: "Notify those whose passwords were taken", AskedOf: []string{"kind:cert", "kind:vendor"}, DeadlineS: 2 * day, After: []string{"collect"}},
			},
		},
	}
	byID := make(map[string]Template, len(list))
	for _, t := range list {
		byID[t.ID] = t
	}
	return byID
}
