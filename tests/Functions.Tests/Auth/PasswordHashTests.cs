using McpFunctions.Domain.Credentials;
using McpFunctions.Functions.Auth;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Tests.Auth;

public sealed class PasswordHashTests
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(310_000)]
    public void The_decoy_costs_as_much_to_compare_as_a_new_hash(int iterations)
    {
        var passwords = new Pbkdf2Passwords(Options.Create(new AuthOptions { PasswordIterations = iterations }));

        byte[] decoy = Convert.FromBase64String(passwords.Decoy);
        byte[] hash = Convert.FromBase64String(passwords.Hash("a password"));

        // Format version, algorithm, iterations and the salt's length, as ASP.NET Core Identity writes them before the salt.
        Assert.Equal(hash[..13], decoy[..13]);
        Assert.Equal(hash.Length, decoy.Length);
        Assert.Equal(iterations, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(decoy.AsSpan(5)));
    }

    [Fact]
    public void The_decoy_matches_no_password_and_differs_at_every_start()
    {
        var options = Options.Create(new AuthOptions { PasswordIterations = 100_000 });
        var passwords = new Pbkdf2Passwords(options);

        Assert.Equal(PasswordCheckResult.Wrong, passwords.Verify(passwords.Decoy, "a password"));
        Assert.NotEqual(passwords.Decoy, new Pbkdf2Passwords(options).Decoy);
    }
}
