namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What the tests of every feature are written with: they run against each of the faces a sandbox has.</summary>
public abstract class SandboxTests(Subject subject) : RunningTests
{
    protected Subject Subject => subject;

    protected override ISandbox Sandbox => subject.Sandbox;
}
