using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Tests.Http;

public sealed class AccessTests
{
    [Fact]
    public void Nobody_may_call_a_function_that_does_not_say_who_may()
    {
        foreach (string role in new[] { Roles.User, Roles.Admin })
        {
            Assert.Equal(403, AccessMiddleware.Refusal(null, Session(role))?.Status);
            Assert.Equal(403, AccessMiddleware.Refusal(null, Key(role))?.Status);
        }

        Assert.False(AccessMiddleware.IsOpen(null));
    }

    [Fact]
    public void Every_function_says_who_may_call_it() => Assert.All(HttpFunction.All, function => Assert.NotNull(function.Access));

    [Fact]
    public void Sessions_are_let_in_by_role_and_keys_by_scope_as_well()
    {
        Assert.Null(AccessMiddleware.Refusal(new AccessAttribute(), Session(Roles.User)));
        Assert.Equal(403, AccessMiddleware.Refusal(new AccessAttribute(), Key(Roles.Admin))?.Status);
        Assert.Equal(403, AccessMiddleware.Refusal(new AccessAttribute { AdminOnly = true }, Session(Roles.User))?.Status);
        Assert.Null(AccessMiddleware.Refusal(new AccessAttribute { Scope = Scopes.FilesRead }, Key(Roles.User)));
        Assert.Equal(403, AccessMiddleware.Refusal(new AccessAttribute { Scope = Scopes.FilesWrite }, Key(Roles.User))?.Status);
        Assert.Equal(403, AccessMiddleware.Refusal(new AccessAttribute { Scope = Scopes.FilesRead, AdminOnly = true }, Key(Roles.User))?.Status);
        Assert.Null(AccessMiddleware.Refusal(new AccessAttribute { AnyCredential = true }, Key(Roles.User)));
    }

    private static Principal Session(string role) => new("id", "name", role, "session");

    private static Principal Key(string role) => new("id", "name", role, null) { KeyId = "key", Scopes = [Scopes.FilesRead] };
}
