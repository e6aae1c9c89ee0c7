program main;
uses SysUtils, termio;
var
  held: PByte;
const
  size = 230 * 1048576;
begin
  case ParamStr(1) of
    'hello': writeln('hello ', 6 * 7);
    'terminal': if IsATTY(1) = 1 then writeln('terminal');
  else
    held := GetMem(size);
    FillChar(held^, size, 1);
    if held[size - 1] = 1 then writeln('done');
  end;
end.
