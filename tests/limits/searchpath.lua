-- A name that is put into each of many places.
package.searchpath(("a."):rep(1000000), ("?;"):rep(1000), ".", "/")
