package fixture

import "unsafe" // want unsafe

func size(x struct{ a, b int }) uintptr { return unsafe.Sizeof(x) }
