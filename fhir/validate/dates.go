package validate

// dateLen reads the date that s starts with: how long it is and how many parts
// (year, month, day) it has, 0 if there is none or the day does not exist.
func dateLen(s []byte) (n, parts int) {
	y, ok := digits(s, 4)
	if !ok || y == 0 {
		return 0, 0
	}
	if len(s) == 4 || s[4] != '-' {
		return 4, 1
	}
	m, ok := digits(s[5:], 2)
	if !ok || m < 1 || m > 12 {
		return 0, 0
	}
	if len(s) == 7 || s[7] != '-' {
		return 7, 2
	}
	d, ok := digits(s[8:], 2)
	if !ok || d < 1 || d > daysIn(y, m) {
		return 0, 0
	}
	return 10, 3
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// digits reads the number in the first n bytes of s.
func digits(s []byte, n int) (v int, ok bool) {
	if len(s) < n {
		return 0, false
	}
	for _, c := range s[:n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// clockLen tells how long the time hh:mm:ss with any fraction is that s starts
// with, 0 if there is none. Second 60 is a leap second.
func clockLen(s []byte) int {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0
	}
	h, ok1 := digits(s, 2)
	m, ok2 := digits(s[3:], 2)
	sec, ok3 := digits(s[6:], 2)
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 60 {
		return 0
	}
	n := 8
	if len(s) > 8 && s[8] == '.' {
		for n = 9; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		}
		if n == 9 {
			return 0
		}
	}
	return n
}

// dateTimeOK judges a dateTime, or an instant, which must have a time.
func dateTimeOK(s []byte, instant bool) bool {
	n, parts := dateLen(s)
	if parts == 0 || n == len(s) {
		return parts > 0 && !instant
	}
	if parts < 3 || s[n] != 'T' {
		return false
	}
	s = s[n+1:]
	n = clockLen(s)
	return n > 0 && zoneOK(s[n:])
}

// zoneOK: Z, or up to 14 hours to either side.
func zoneOK(s []byte) bool {
	if len(s) == 1 {
		return s[0] == 'Z'
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return false
	}
	h, ok1 := digits(s[1:], 2)
	m, ok2 := digits(s[4:], 2)
	return ok1 && ok2 && m < 60 && (h < 14 || h == 14 && m == 0)
}
