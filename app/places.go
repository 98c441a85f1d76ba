package app

import "runtime"

// sparePlaces is by how many goroutines Go may run more at once than the machine
// has cores.
//
// The emitter wakes up for each slot and needs one of those places at once. With
// as many as cores, two requests that compute at the same time (a search through
// the recent messages, say) hold both for up to 10 ms: on two cores, a lane of
// 10 ms was 5 ms late at the median then, and its sockets were written 60 ms late.
// With two more it is the system that shares the cores, which favours whoever has
// slept: 0.2 µs at the median, and 3 ms for the writing. More of them help only
// against more such requests, and are paid for in threads that look for work.
const sparePlaces = 2

// makePlaces makes them. A limit that somebody has set stays, be it GOMAXPROCS in
// the environment or a container's share of the machine: going beyond that share
// would have the system stop the process for milliseconds.
func makePlaces() {
	if n := runtime.NumCPU(); runtime.GOMAXPROCS(0) == n {
		runtime.GOMAXPROCS(n + sparePlaces)
	}
}
