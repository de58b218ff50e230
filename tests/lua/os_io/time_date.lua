-- os.date in UTC and os.time with tables.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(os.date("!%Y-%m-%d %H:%M:%S", 0))
print(os.date("!%Y-%m-%d %H:%M:%S", 86399), os.date("!%Y-%m-%d", 86400), os.date("!%Y-%m-%d", -1))
print(os.date("!%Y-%m-%d %H:%M:%S", 951782400), os.date("!%Y-%m-%d %H:%M:%S", 1709210096), os.date("!%Y-%m-%d", 4102444800))
print(os.date("!%a %A %b %B %d %H %I %j %m %M %p %S %U %w %W %y %Y %%", 1000000000))
print(os.date("!%c", 1000000000), os.date("!%x", 1000000000), os.date("!%X", 1000000000))
print(os.date("!%D %e %F %g %G %h %n%R %t %T %u %V %r %C", 1000000000))
print(os.date("!%Ey %Od", 1000000000), os.date("!", 0) == "", os.date("!plain", 0))
print(os.date("!%H", 3600.0), os.date("!%d", "86400"))
local function fields(t)
  return t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, tostring(t.isdst)
end
print(fields(os.date("!*t", 0)))
print(fields(os.date("!*t", 86400)))
print(fields(os.date("!*t", 1582934400)))
print(fields(os.date("!*t", 1609459199)))
print(type(os.date("*t")), type(os.date()), type(os.date("*t").isdst))
local count = 0
for _ in pairs(os.date("!*t", 0)) do count = count + 1 end
print(count)

-- os.time takes local time; differences do not depend on the zone when noon is used.
local function noon(y, m, d) return os.time { year = y, month = m, day = d } end
print(os.difftime(noon(2024, 3, 1), noon(2024, 2, 28)) // 86400, (noon(2023, 12, 31) - noon(2023, 12, 1)) // 86400)
print(math.type(os.time()), math.type(noon(2000, 1, 1)), math.type(os.difftime(2, 1)), os.difftime(5, 3), os.difftime(3, 5))
-- Fields are normalized in place.
local t = { year = 2024, month = 14, day = -3, hour = 25, min = 61, sec = 61 }
os.time(t)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, type(t.isdst))
t = { year = 2023, month = 2, day = 29 }
os.time(t)
print(t.year, t.month, t.day, t.hour, t.min, t.sec)
t = { year = "2020", month = "1", day = "31.0" }
os.time(t)
print(t.year, t.month, t.day, t.yday, t.wday)
t = { year = 2000, month = 1, day = 1, hour = 0, sec = 86400 * 366 }
os.time(t)
print(t.year, t.month, t.day)
print(math.type(os.clock()), os.clock() >= 0, os.clock() <= os.clock() + 1)

e(os.time, {})
e(os.time, { year = 2000 })
e(os.time, { year = 2000, month = 1 })
e(os.time, { year = 2000, month = 1, day = "x" })
e(os.time, { year = 2000, month = 1.5, day = 1 })
e(os.time, { year = 2000, month = 1, day = {} })
e(os.time, { year = math.maxinteger, month = 1, day = 1 })
e(os.time, { year = 2000, month = 1 << 40, day = 1 })
e(os.time, { year = 1 << 33, month = 1, day = 1 })
e(os.time, 5)
e(os.time, "x")
e(os.date, "!%Q", 0)
e(os.date, "!%E", 0)
e(os.date, "!%Ez", 0)
e(os.date, "!%O", 0)
e(os.date, "!%", 0)
e(os.date, {}, 0)
e(os.date, "!%d", "x")
e(os.date, "!%d", 1.5)
e(os.date, "!%d", {})
e(os.date, "!%Y", 1 << 60)
e(os.date, "!*t", math.maxinteger)
e(os.difftime)
e(os.difftime, 1)
e(os.difftime, "x", 1)
