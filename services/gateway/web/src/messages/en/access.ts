export const access = {
  title: "Sign in",
  lead: "This is the page of your house's energy. Who knows the password may look and act.",
  password: "Password",
  show: "Show the password",
  enter: "Sign in",
  entering: "Signing in …",
  wrong: "That is not the password.",
  wait: (seconds: number) =>
    seconds > 90
      ? `Too many wrong passwords. Try again in ${Math.ceil(seconds / 60)} minutes.`
      : `Too many wrong passwords. Try again in ${seconds} seconds.`,
  forgotten:
    "The password is kept where Darkstar is installed: in the file deploy/secrets/page_password, or in the variable DARKSTAR_GATEWAY_PASSWORD.",
};
