-- Tokens that share prefixes are split by the longest match.
local a, b, s = 7, 2, "s"
print(a//b, a/b, a~b, a~=b, not(a==b), a<<b, a>>b, a<=b, a>=b, a<b, a>b)
print(s..a..b, s.. -a, - -a, -(-a), ~~a, not not a, # s, -#s, ~#s)
print(a- -b, a-~b, a~~b, a^-b, 2^-1, -2^2, not nil==true)
local t={[1]=1,[2]=2;3,x=4,["y"]=5,}
print(#t,t[1],t.x,t["y"],t[ 2 ])
local function f(...)return select('#',...),...end
print(f(...),f())
print((f(1,2,3)))
do local x=1;;;local y=2;print(x,y)end
::label1::;::label2::
print(a ..b, a.. b, a .. b .. s)
print(t
  .x, t
  ["y"], ("q")
  :rep(3))
print(1<2==true, "a".."b"=="ab", 1 ..2 ==12, 1 ..2=="12")
print(5&3|4~1, 1|2&3, 1<<2+1, 8>>1<<1, 3~5&6)
-- stray or doubled operators
for _, src in ipairs { "a=+1", "a=1+", "a==1", "a=!1", "a~1", "a=1 ~ = 2", "a=b<>c", "a=1++2", "a=b && c", "a=b || c",
  "a:b", "a::b", ":: a", "a=b=c", "a+=1", "a={1,,2}", "a={,}", "a={;}", "a=(1", "a=1)", "a=[1]", "a.b.", "a.1=2",
    "...=1", "a=b..", "a=..b", "a=#", "a=not", "a=~" } do
  print(src, select(2, load(src, "=op")))
end
