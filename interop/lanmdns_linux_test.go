package interop

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// awaitOthers returns once a hub knows as many others as wanted.
func awaitOthers(t *testing.T, c *http.Client, url string, want int) []wire.OtherHub {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); ; <-again.C {
		var told wire.Sharing
		ask(t, c, "GET", url+"/api/v1/sharing", "", nil).into(t, &told)
		if len(told.Others) == want {
			return told.Others
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s knows %+v, want %d others", url, told.Others, want)
		}
	}
}

// The two machines have one name, as this machine's, which is what two laptops of
// one maker may have, too.
func TestSharedHubsOnOneNetworkFindOneAnotherAndSayGoodbye(t *testing.T) {
	s := startSharedHub(t)
	second := startHubBy(t, s.callers.by(program), "--lan")
	secondFar := strings.Replace(second.url, "127.0.0.1", callerAddress, 1)
	if got := awaitOthers(t, s.local, s.url, 1)[0].URL; got != secondFar {
		t.Errorf("the first hub found %s, want %s", got, secondFar)
	}
	if got := awaitOthers(t, s.other, second.url, 1)[0].URL; got != s.far {
		t.Errorf("the second hub found %s, want %s", got, s.far)
	}
	s.share(t, `{"on":false}`)
	awaitOthers(t, s.other, second.url, 0)
}
