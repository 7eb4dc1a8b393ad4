package portal

import "strings"

// browsers and systems are told apart as far as a person would. The order
// counts: most browsers also say that they are one of the others.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung browser"}, {"FxiOS", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "a Chromebook"},
		{"Mac OS X", "a Mac"}, {"Linux", "Linux"}}
)

// device is what a browser is called in lists, such as "Firefox on Linux". It
// is made of our own words: what a browser sends is not kept.
func device(agent string) string {
	find := func(all [][2]string) string {
		for _, b := range all {
			if strings.Contains(agent, b[0]) {
				return b[1]
			}
		}
		return ""
	}
	browser, system := find(browsers), find(systems)
	switch {
	case browser == "" && system == "":
		return ""
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func (v *visit) device() string { return device(v.r.UserAgent()) }
