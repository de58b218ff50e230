-- The line reported for what is wrong in the head of a loop.
local function at(text)
  print(select(2, pcall(load(text, "=L"))))
end
at "for i =\n1,\n{}\n\n\ndo\n\nend\n"
at "for i =\n\n1,\n2, {}\n\n\ndo\n\nend\n"
at "for i =\n{},\n2, {}\n\n\ndo\n\nend\n"
at "for i in \n{}\n\n\ndo\n\nend\n"
at "for i in \nnil\n\n\ndo\n\nend\n"
at "local a = {} for i in \na\n.b\n\ndo\n\nend\n"
at "local a = {} for i in \n\nnil, a\n.b\n\ndo\n\nend\n"
at "local a for i in \n\nnil, a, nil, {}\n\n\n\ndo\n\nend\n"
at "for i in \n\n(nil\n)()\n\n\n\ndo\n\nend\n"
