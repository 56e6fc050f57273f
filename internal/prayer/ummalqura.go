package prayer

import "math/bits"

// The known part of the Umm al-Qura calendar.
const (
	firstYear = 1300
	firstDay  = -31826 // 1882-11-12, in days from 1970-01-01
	months    = len(longMonths) * 4
)

// longMonths has a bit for each month from Muharram 1300 to Dhu al-Hijjah 1600, in hexadecimal
// digits, three a year: 1 for 30 days, 0 for 29. The lengths are those of the calendar
// "islamic-umalqura" of ICU, which follows the table of King Abdulaziz City for Science and
// Technology.
const longMonths = "" +
	"aaad54ec96d46ea36caad5556a9792ba95d4ada55cd2d69574ab54b6a5ad4aea4f51768b6a5ad52d695b49da4d" +
	"d26d955ac9b62baa5b52ba956caae92f49762b6956acaba4bd25d92dc96d54daa5b52ba55b49b655729754b6a3" +
	"752b6556aaab52bc95d4ada55caad69574ab94baa5b52b6a5752768b745b5555a95b49da4dd26e936aaad54db2" +
	"5d52da95b4aba55b49b64b715b4ab5a55d25e92ec96d4ae996b4aba93d49da4db2ab94baa5b52ba95b2ab5555c" +
	"4bd23d91da95b4ab5a56d2b693b49b6556a9754b6a56caad555b29b92ba95d4ada55aaab595749764baa5b52b6" +
	"a56e4db25b52b6a5ad2ae92f49764b6a56acad655d49da4dd16d955aa5b52da95b4ad5956ca6e4aea4f52b6956" +
	"aaab54bd25d92ea96d4ada95b4aba55b29b54d6a97547693749b5556aa6b52ba8bd46da35caad64db26b94baa5" +
	"b52b695751768b725b52b5655b49da4ed16d8b6aa6d52da95d4ada95b4ab653729762ba95b2ab5555b25d92ec9" +
	"6d2ae956b4aba55d29d54daa9b54baa3b49ba4daaaad52da95d45ea2ec9ad556b26b94baa5d52da95b52ba8bb4" +
	"5b92da95ab4ada4ed16e8b6a56d535695d4ada8dd46da55b29d62bb15b4ab955aaaae92ec8f5276956aaad655d" +
	"29d"

// digit returns the value of the hexadecimal digit i of longMonths.
func digit(i int) uint {
	c := longMonths[i]
	if c >= 'a' {
		return uint(c-'a') + 10
	}
	return uint(c - '0')
}

// month returns the month with the index i from Muharram of firstYear.
func month(i int) Month { return Month{firstYear + i/12, i%12 + 1} }

// start returns the first day of the month with the index i, in days from firstDay.
func start(i int) int {
	days := i * 29
	for d := range i / 4 {
		days += bits.OnesCount(digit(d))
	}
	if rest := i % 4; rest != 0 {
		days += bits.OnesCount(digit(i/4) >> (4 - rest))
	}
	return days
}

// monthOf returns the index of the month that holds a day, which is given in days from firstDay. It
// is below 0 or above months when the month is not known.
func monthOf(day int) int {
	if day < 0 {
		return -1
	}
	i := min(day*months/start(months), months) // a month off at most
	for i < months && start(i+1) <= day {
		i++
	}
	for start(i) > day {
		i--
	}
	return i
}
