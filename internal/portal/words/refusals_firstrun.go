package words

func refusalsFirstRun() map[string]string {
	return map[string]string{
		"example-none": "There is no such example here. Look at the list of people whom you act for.",
		"example-busy": "The example people are being made or removed at this moment. Wait a minute, then look again.",
	}
}
