namespace Microsoft.DotNet.Interactive;

/// <summary>A text that a careless last line of a cell does not show.</summary>
public sealed class PasswordString
{
    readonly string _password;

    internal PasswordString(string password) => _password = password;

    public string GetClearTextPassword() => _password;

    public override string ToString() => "(not shown)";
}
