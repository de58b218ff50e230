-- Helper module: the other half of the cycle.
local pong = { name = "pong" }
pong.ping = require "mod.ping"
pong.ping_name = pong.ping.name
return pong
