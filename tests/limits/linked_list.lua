-- A list linked by fields.
local head
while true do head = { next = head, value = 1 } end
