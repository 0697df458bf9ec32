using System.Net;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Users;

/// <summary>Routes that change passwords.</summary>
/// <param name="passwords">Changes passwords.</param>
public sealed class PasswordFunctions(PasswordService passwords)
{
    /// <summary>Change your password. Your other sessions end.</summary>
    /// <returns>204; or a problem.</returns>
    [Function("ChangePassword"), Access]
    [Operation(HttpStatusCode.NoContent, Body = typeof(ChangePasswordRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Change(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/password")] HttpRequest request, CancellationToken cancellationToken)
    {
        ChangePasswordRequest asked = await request.JsonAsync(UserJsonContext.Api.ChangePasswordRequest, cancellationToken);
        (await passwords.ChangeAsync(request.Principal(), asked.CurrentPassword, asked.NewPassword, request.Origin(), cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }

    /// <summary>Give a user a new password. All sessions of the user end.</summary>
    /// <param name="id">The user.</param>
    /// <returns>204; or a problem.</returns>
    [Function("SetPassword"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.NoContent, Body = typeof(SetPasswordRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Set(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "users/{id}/password")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        SetPasswordRequest asked = await request.JsonAsync(UserJsonContext.Api.SetPasswordRequest, cancellationToken);
        (await passwords.SetAsync(request.Actor(), id, asked.Password, cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
