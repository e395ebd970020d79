package fixture

import (
	clock "time"
)

func late(t clock.Time) bool {
	return clock.Since(t) > clock.Second // want clock
}

func stamp() int64 { return clock.Now().Unix() } // want clock

var read = clock.Now // want clock

func wait() {
	clock.Sleep(clock.Second) // want clock
	_ = clock.NewTimer(1)     // want clock
	_ = clock.After(1)        // want clock
}
