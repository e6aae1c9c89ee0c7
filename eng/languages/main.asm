; The first letter of its argument says what to do.
global _start

section .data
hello:    db "hello 42", 10
terminal: db "terminal", 10
done:     db "done", 10

section .bss
window:   resb 8
held:     resb 230 << 20

section .text
_start:
    mov rax, [rsp + 16]
    mov al, [rax]
    cmp al, 'h'
    je .hello
    cmp al, 't'
    je .terminal

    ; Touch each page of what is held.
    xor ecx, ecx
.touch:
    mov byte [held + rcx], 1
    add rcx, 4096
    cmp rcx, 230 << 20
    jb .touch
    mov rsi, done
    mov edx, 5
    jmp .print

.terminal:
    mov eax, 16             ; ioctl(1, TIOCGWINSZ, window)
    mov edi, 1
    mov esi, 0x5413
    mov rdx, window
    syscall
    test rax, rax
    jnz .end
    mov rsi, terminal
    mov edx, 9
    jmp .print

.hello:
    mov rsi, hello
    mov edx, 9
.print:
    mov eax, 1
    mov edi, 1
    syscall
.end:
    mov eax, 60
    xor edi, edi
    syscall
