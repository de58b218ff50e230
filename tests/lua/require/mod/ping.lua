-- Helper module: one half of a cycle.
local ping = { name = "ping" }
package.loaded[...] = ping
ping.pong = require "mod.pong"
return ping
