using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Tests;

public sealed class FieldErrorsTests
{
    private const string UsernameProblem = "Send a name of 1 to 64 letters (a to z), digits, '.', '-', '_', '+' or '@' that begins with a letter or digit.";

    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(CommandService.MaxNameLength, true)]
    [InlineData(CommandService.MaxNameLength + 1, false)]
    public void A_text_is_checked_by_what_its_request_declares(int? length, bool isValid)
    {
        string? name = length is { } characters ? new string(' ', characters) : null;
        Failure? failure = new FieldErrors().Check<StartCommandRequest>(nameof(StartCommandRequest.Name), name).Failure;
        Assert.Equal(isValid, failure is null);
        if (failure is Failure.Rejected rejected)
        {
            Assert.Equal("Send a name of 1 to 128 characters.", Assert.Single(Assert.Single(rejected.Errors, error => error.Key == "name").Value));
        }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", false)]
    [InlineData("session", true)]
    public void A_field_that_may_be_left_out_may_not_be_empty(string? sessionId, bool isValid) =>
        Assert.Equal(isValid, new FieldErrors().Check<StartCommandRequest>(nameof(StartCommandRequest.SessionId), sessionId).Failure is null);

    [Theory]
    [InlineData(null, false)]
    [InlineData("running", false)]
    [InlineData("failed", true)]
    public void A_field_takes_only_the_values_that_its_request_declares(string? status, bool isValid)
    {
        Failure? failure = new FieldErrors().Check<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Status), status).Failure;
        Assert.Equal(isValid, failure is null);
        if (failure is Failure.Rejected rejected)
        {
            Assert.Equal(["Send 'succeeded' or 'failed'."], rejected.Errors["status"]);
        }
    }

    [Theory]
    [InlineData(null, "Use a password of at least 12 characters.")]
    [InlineData(11, "Use a password of at least 12 characters.")]
    [InlineData(12, null)]
    [InlineData(1024, null)]
    [InlineData(1025, "Use a password of at most 1024 characters.")]
    public void Each_limit_of_a_field_may_have_its_own_text(int? length, string? problem)
    {
        string? password = length is { } characters ? new string('p', characters) : null;
        FieldErrors errors = new FieldErrors().Check<SetPasswordRequest>(nameof(SetPasswordRequest.Password), password);
        Assert.Equal(problem, (errors.Failure as Failure.Rejected)?.Errors["password"].Single());
    }

    [Fact]
    public void A_field_keeps_its_first_problem_and_is_not_searched_for_more()
    {
        Failure? failure = new FieldErrors()
            .Check<SetPasswordRequest>(nameof(SetPasswordRequest.Password), "short")
            .Check(false, "password", "another")
            .Check("password", () => throw new InvalidOperationException("The password is too short to be searched."))
            .Check("other", () => "found")
            .Check("valid", () => null)
            .Failure;

        IReadOnlyDictionary<string, string[]> errors = Assert.IsType<Failure.Rejected>(failure).Errors;
        Assert.Equal(["other", "password"], errors.Keys.Order());
        Assert.Equal(["Use a password of at least 12 characters."], errors["password"]);
    }

    [Theory]
    [InlineData("ada", null)]
    [InlineData("", UsernameProblem)]
    [InlineData("-ada", UsernameProblem)]
    [InlineData("ada\n", UsernameProblem)]
    public void The_limits_stand_in_the_text_of_a_rule(string username, string? problem)
    {
        FieldErrors errors = new FieldErrors().Check<CreateUserRequest>(nameof(CreateUserRequest.Username), username);
        Assert.Equal(problem, (errors.Failure as Failure.Rejected)?.Errors["username"].Single());
        Assert.Equal(problem is null, Username.IsValid(username));
    }
}
