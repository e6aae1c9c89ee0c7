with Ada.Command_Line, Ada.Text_IO, Interfaces.C;

procedure Main is
   Mebibyte : constant := 1_048_576;
   type Bytes is array (1 .. 230 * Mebibyte) of Interfaces.C.unsigned_char;
   type Held is access Bytes;
   Kept : Held;

   function Is_Terminal (Descriptor : Interfaces.C.int) return Interfaces.C.int;
   pragma Import (C, Is_Terminal, "isatty");

   use type Interfaces.C.int;
   What : constant String := Ada.Command_Line.Argument (1);
begin
   if What = "hello" then
      Ada.Text_IO.Put_Line ("hello" & Integer'Image (42));
   elsif What = "terminal" then
      Ada.Text_IO.Put_Line (if Is_Terminal (1) = 1 then "terminal" else "none");
   else
      Kept := new Bytes'(others => 1);
      Ada.Text_IO.Put_Line (if Kept (Bytes'Last) in 1 then "done" else "lost");
   end if;
end Main;
