package update

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// versionForm is a version as Semantic Versioning has it, with or without a v.
var versionForm = regexp.MustCompile(`^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?$`)

// isNewer reports whether a version comes after another. One that is none, such as
// that of a build by hand, comes before all.
func isNewer(version, than string) bool {
	a, b := versionForm.FindStringSubmatch(version), versionForm.FindStringSubmatch(than)
	if a == nil || b == nil {
		return a != nil
	}
	for i := 1; i <= 3; i++ {
		x, _ := strconv.Atoi(a[i]) // nine digits fit
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x > y
		}
	}
	return comparePre(a[4], b[4]) > 0
}

// comparePre compares what follows the numbers: "" comes after all else.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, xErr := strconv.ParseUint(x, 10, 64)
		n, yErr := strconv.ParseUint(y, 10, 64)
		switch {
		case xErr == nil && yErr == nil:
			return cmp.Compare(m, n)
		case xErr == nil:
			return -1 // numbers come before words
		case yErr == nil:
			return 1
		}
		return cmp.Compare(x, y)
	})
}
